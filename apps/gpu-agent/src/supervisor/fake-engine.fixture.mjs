// An engine child for tests: what it does with a job stands in the spec's name.
import { createHash, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

let setup;
let cancelled = false;
let away = 8;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const tell = (message) => process.send(message);

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.type === 'setup') {
    setup = message.setup;
    if (setup.cacheDir === 'die') process.exit(3);
    tell({ type: 'ready', ready: { provider: 'cpu', device: 'a fake', version: '0', plugins: ['prior/fake@1'] } });
  }
  if (message.type === 'cancel') cancelled = true;
  if (message.type === 'run') void work(message.id, message.job);
});

async function work(id, { task, manifest, failures, finished }) {
  cancelled = false;
  const progress = (fraction) => tell({ type: 'progress', id, progress: { phase: 'ascend', unitsDone: Math.floor(fraction * 8), unitsTotal: 8, fraction } });
  const [behaviour] = task.plan.spec.name.split(':');
  progress(0);
  if (behaviour === 'crash') {
    process.stderr.write('terminate called after throwing an instance of std::bad_alloc\n', () => process.kill(process.pid, 'SIGKILL'));
    return;
  }
  if (behaviour === 'silent') return;
  if (behaviour === 'refuse') {
    tell({ type: 'failed', id, error: { code: 'ONNX_UNKNOWN_OP', message: 'no such operator', help: 'export anew', grpc: 'INVALID_ARGUMENT', details: {} } });
    return;
  }
  if (behaviour === 'checkpoints' || behaviour === 'no-store') {
    const content = `half of ${task.layer}, after ${finished.map(({ key }) => key)}`;
    const path = join(setup.scratchDir, `${randomUUID()}.parquet`);
    writeFileSync(path, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const part = { path, key: `checkpoints/${task.layer}/0-4-${sha256.slice(0, 16)}.parquet`, bytes: content.length, sha256, rows: 4, kind: 'synthesis', layer: task.layer };
    tell({ type: 'progress', id, progress: { phase: 'ascend', unitsDone: 4, unitsTotal: 8, fraction: 0.5, finished: part } });
  }
  if (behaviour === 'no-store' && away-- > 0) {
    tell({ type: 'failed', id, error: { code: 'BLOBS_UNREACHABLE', message: 'could not read the model', help: 'wait', grpc: 'UNAVAILABLE', details: {} } });
    return;
  }
  if (behaviour === 'deaf') {
    const end = Date.now() + 60_000;
    while (Date.now() < end);
  }
  const steps = behaviour === 'slow' || behaviour === 'checkpoints' ? 3_000 : 3;
  for (let step = 1; step <= steps; step++) {
    await pause(10);
    if (cancelled) return tell({ type: 'cancelled', id });
    progress(step / steps);
  }
  if (task.stage === 'publish') {
    const objects = [{ key: 'atlas.json', bytes: manifest.length, sha256: 'ab'.repeat(32), rows: failures.length, kind: 'atlas', layer: failures[0]?.message ?? '' }];
    tell({ type: 'done', id, result: { parts: [], objects, unitsDone: 0, seconds: 0 } });
    return;
  }
  const content = `pictures of ${task.layer} ${task.unitStart}-${task.unitEnd}`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = join(setup.scratchDir, `${randomUUID()}.parquet`);
  writeFileSync(path, behaviour === 'bad-disk' ? 'something else' : content);
  const part = { path, key: `synthesis/${task.layer}/${sha256.slice(0, 16)}.parquet`, bytes: content.length, sha256, rows: 8, kind: 'synthesis', layer: task.layer };
  tell({ type: 'done', id, result: { parts: [part], objects: [], unitsDone: 8, seconds: 0.03 } });
}
