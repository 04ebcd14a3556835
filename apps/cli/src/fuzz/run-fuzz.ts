import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createChild, type Limits } from './child-process.js';
import { differenceOf } from './difference-of.js';
import type { Examined, Finding, Outcome } from './outcome.js';
import { planFile, type PlannedFile } from './plan.js';
import type { Seed } from './seeds.js';

export interface FuzzOptions {
  readonly seeds: readonly Seed[];
  /** File numbers: `start` inclusive, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Compiled child.ts. */
  readonly child: string;
  readonly workers: number;
  readonly limits: Limits;
  readonly onOutcome: (file: PlannedFile, outcome: Outcome) => void;
}

/** Mutates, examines and judges the files of a range; files of findings are left in the folder that is returned. */
export async function runFuzz({ seeds, start, end, child, workers, limits, onOutcome }: FuzzOptions): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'fuzz-'));
  let next = start;
  const work = async (): Promise<void> => {
    using examiner = createChild(child, limits);
    // The runtime on its own may crash on what it is given, or never end: that is not what is tested.
    using reference = createChild(child, { ...limits, cpuMs: 3_000 });
    while (next < end) {
      const index = next++;
      const file = planFile(index, seeds);
      const folder = join(root, file.name);
      const path = await lay(folder, file);
      const reply = await examiner.ask({ do: 'examine', path, salt: index });
      const outcome = 'broken' in reply ? await confirmed(path, index, reply.broken) : 'examined' in reply ? await compared(reply.examined, path, file) : 'refused' in reply ? { kind: 'refused' as const, code: reply.refused }
        : finding('uncatalogued error', 'failed' in reply ? reply.failed : '');
      onOutcome(file, outcome);
      if (outcome.kind !== 'finding') await rm(folder, { recursive: true });
    }

    /** A crash or a limit counts where a process of its own comes to it too: memory of the files before is not this one's. */
    async function confirmed(path: string, index: number, what: 'crash' | 'hang' | 'memory'): Promise<Outcome> {
      using fresh = createChild(child, limits);
      const reply = await fresh.ask({ do: 'examine', path, salt: index });
      if ('broken' in reply) return finding(reply.broken, reply.detail);
      if (what === 'crash') return finding('crash', 'only behind the files before it');
      return 'examined' in reply ? reply.examined.outcome : 'refused' in reply ? { kind: 'refused', code: reply.refused } : finding('uncatalogued error', 'failed' in reply ? reply.failed : '');
    }

    async function compared({ outcome, input, outputs }: Examined, path: string, { files }: PlannedFile): Promise<Outcome> {
      const said = [outcome.program, outcome.gradient, outcome.forward];
      const wrong = said.find((text) => text.startsWith('wrong'));
      if (wrong !== undefined) return finding('wrong result', wrong);
      if (files.beside.size > 0) return outcome;
      const reply = await reference.ask({ do: 'reference', path, input, optimize: 'none' });
      // What the runtime refuses as it lies it may refuse in our graphs too: an error of the catalogue, and no fault of theirs.
      if (!('outputs' in reply)) return outcome;
      const broken = said.find((text) => /^SYNTHESIS_(LOAD|RUN)_FAILED/.test(text));
      if (broken !== undefined) return 'outputs' in await reference.ask({ do: 'reference', path, input, optimize: 'all' }) ? finding('wrong result', broken) : outcome;
      if (outputs === undefined) return outcome;
      const differs = differenceOf(outputs, reply.outputs);
      return differs === undefined ? { ...outcome, forward: 'equal' } : finding('wrong result', differs);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return root;
}

const finding = (what: Finding['what'], detail: string): Finding => ({ kind: 'finding', what, detail });

async function lay(folder: string, { files }: PlannedFile): Promise<string> {
  await mkdir(folder);
  const path = join(folder, 'model.onnx');
  await writeFile(path, files.bytes);
  for (const [name, bytes] of files.beside) await writeFile(join(folder, basename(name)), bytes);
  for (const [name, target] of files.links ?? []) await symlink(target, join(folder, basename(name)));
  return path;
}
