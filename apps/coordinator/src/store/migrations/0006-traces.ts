/** What a sweep was submitted in, for the traces of the work on it. */
export const traces = `
ALTER TABLE sweep ADD COLUMN trace_parent text NOT NULL DEFAULT '';  -- W3C traceparent; empty where nothing is traced
`;
