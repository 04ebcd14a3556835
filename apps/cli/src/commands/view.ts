import { defineCommand } from '../command.js';
import { absoluteLocation } from '../location.js';
import { optionalText, text, wholeNumber } from '../option.js';
import { standView } from '../view/stand-view.js';

export const view = defineCommand<{ atlas: string; with: string | undefined; port: number }>({
  name: 'view',
  summary: 'Show an atlas in the browser: serves the page and the atlas on this machine, until Ctrl-C.',
  examples: ['view atlas-demo', 'view atlas-demo --with atlas-other --port 0'],
  options: {
    atlas: { argument: 'ATLAS', doc: 'Folder or s3://bucket/prefix of an atlas; one that is still being made shows what is there.', parse: text },
    with: { flag: '--with ATLAS', doc: 'A second atlas, to hold beside the first.', parse: optionalText },
    port: { flag: '--port N', doc: 'Port on 127.0.0.1; 0 takes any that is free (default: 8420).', parse: wholeNumber(0, 65_535, 8420) },
  },
  run: async ({ options, out, world, signal }) => {
    const place = (written: string): string => absoluteLocation(written, world.cwd);
    await standView({ out, world, signal }, {
      atlas: place(options.atlas), port: options.port,
      ...(options.with === undefined ? {} : { other: place(options.with) }),
    });
  },
});
