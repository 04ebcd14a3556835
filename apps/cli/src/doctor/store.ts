import { randomUUID } from 'node:crypto';
import { describe, isAtlasError } from '@neuron-atlas/errors';
import { defineCheck, type Finding } from './check.js';

const content = new TextEncoder().encode('neuron-atlas doctor was here');

export const store = defineCheck({
  name: 'output',
  run: async ({ world, subjects, signal }) => {
    if (subjects.output === undefined) return [];
    const findings: Omit<Finding, 'check'>[] = [];
    const key = `doctor-${randomUUID()}.txt`;
    try {
      const opened = await world.openStore(subjects.output);
      const begun = world.now();
      await opened.put(key, content, { ifAbsent: true }, signal);
      findings.push({ verdict: 'good', detail: `writes in ${Math.round(world.now() - begun)} ms` });
      const again = await opened.put(key, new TextEncoder().encode('something else'), { ifAbsent: true }, signal);
      const part = await opened.get(key, { start: 13, end: 19 }, signal);
      findings.push(new TextDecoder().decode(part) === 'doctor' ? { verdict: 'good', detail: 'reads, and reads by range' } : { verdict: 'bad', detail: 'a read by range gives other bytes than were written', help: 'the viewer needs ranges: use another store or gateway' });
      findings.push(again === 'existed' ? { verdict: 'good', detail: 'keeps an object that is there (If-None-Match)' } : { verdict: 'warning', detail: 'overwrites an object that is there: If-None-Match is not honoured', help: 'results are safe all the same, for their names are made of their content; a newer store saves uploads' });
      await opened.delete(key, signal);
      findings.push({ verdict: 'good', detail: 'deletes' });
    } catch (error) {
      findings.push({ verdict: 'bad', detail: isAtlasError(error) ? error.message : String(error), help: isAtlasError(error) ? describe(error).split('\n').at(-1)!.trim() : 'look at the address and the credentials' });
    }
    return findings;
  },
});
