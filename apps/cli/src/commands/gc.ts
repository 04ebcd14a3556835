import { randomUUID } from 'node:crypto';
import { defineCommand } from '../command.js';
import { coordinatorOption, isGiven, text } from '../option.js';
import { bytes } from '../quantity.js';
import { unreferencedObjects } from '../unreferenced-objects.js';
import { withCoordinator } from '../with-coordinator.js';

/** What is deleted must be deleted while the output is ours: the rest of the time is for an answer that is late. */
const trustShare = 0.8;

export const gc = defineCommand<{ id: string; delete: boolean; coordinator: string | undefined }>({
  name: 'gc',
  summary: 'Find objects in a sweep\'s output that nothing refers to, left by attempts that were never committed, and remove them; for operators.',
  examples: ['gc sw-0123456789', 'gc sw-0123456789 --delete'],
  options: {
    id: { argument: 'ID', doc: 'A sweep that is over; all sweeps in its output must be.', parse: text },
    delete: { flag: '--delete', doc: 'Remove them. Without it they are only listed.', parse: isGiven },
    coordinator: coordinatorOption,
  },
  run: ({ options, out, world, signal }) => withCoordinator(world, options.coordinator, async ({ sweeps }) => {
    const holder = { sweepId: options.id, holder: randomUUID() };
    let referenced = 0;
    let place: { readonly output: string; readonly sweepIds: readonly string[] } | undefined;
    const found: { readonly key: string; readonly bytes: number }[] = [];
    try {
      // What is referred to is read anew each time that the output is held: nobody was kept out between two holds.
      for (let left = true; left;) {
        const asked = world.now();
        const { holdMs, ...held } = await sweeps.holdOutput(holder, { signal });
        place = held;
        const store = await world.openStore(held.output);
        const manifests = await Promise.all(held.sweepIds.map(async (sweepId) => (await sweeps.getManifest({ sweepId }, { signal })).objects.map(({ key }) => key)));
        const now = await unreferencedObjects(store, manifests.flat(), signal);
        referenced = now.referenced;
        left = false;
        for (const object of now.found) {
          if (options.delete) {
            left = world.now() >= asked + trustShare * holdMs;
            if (left) break;
            await store.delete(object.key, signal);
          }
          found.push(object);
        }
      }
      const total = found.reduce((sum, object) => sum + object.bytes, 0);
      out.document({ sweepId: options.id, output: place!.output, sweeps: place!.sweepIds, referenced, objects: found, bytes: total, removed: options.delete }, () => [
        ...found.map((object) => `${options.delete ? 'removed' : 'would remove'}  ${object.key}  ${bytes(object.bytes)}`),
        `${found.length} objects that nothing refers to, ${bytes(total)}; ${referenced} that are referred to stay${found.length > 0 && !options.delete ? '; --delete removes them' : ''}`,
      ]);
    } finally {
      if (place !== undefined) await sweeps.freeOutput(holder);
    }
  }),
});
