import type { CommandContext } from '../command.js';

/** Serves one or two atlases until Ctrl-C; says first where. */
export async function standView({ out, world, signal }: Pick<CommandContext<unknown>, 'out' | 'world' | 'signal'>, options: { readonly atlas: string; readonly other?: string | undefined; readonly port: number }): Promise<void> {
  const served = await world.serveAtlas(options);
  try {
    out.record({ url: served.url, atlas: options.atlas, with: options.other }, () => `viewer    ${served.url}`);
    out.note('Ctrl-C ends it');
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await served.close();
  }
}
