/** What an agent must have to work on a sweep; sweeps of before need nothing that anybody knows of. */
export const pluginsOfASweep = `
ALTER TABLE sweep ADD COLUMN plugins text[] NOT NULL DEFAULT '{}';
`;
