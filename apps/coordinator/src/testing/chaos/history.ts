import type { Cluster } from './cluster.js';

/** What a trigger wrote down of one change of a shard, in the transaction that made it. */
export interface Change {
  readonly n: string;
  readonly sweep: string;
  readonly seq: number;
  readonly stage: string;
  readonly was: { readonly state: string; readonly fence: string; readonly session: string | null };
  readonly is: { readonly state: string; readonly fence: string; readonly session: string | null };
  /** Whether the session that held or holds the shard was alive then; null where there is none. */
  readonly alive: boolean | null;
}

/** Numbers follow the order of a shard's changes: each is drawn while the row is locked. */
const recorder = `
CREATE TABLE history (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sweep text, seq integer, stage text, was jsonb, "is" jsonb, alive boolean);
CREATE TABLE history_object (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, op text, sweep text, seq integer, key text);
CREATE FUNCTION record_shard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO history (sweep, seq, stage, was, "is", alive) VALUES (NEW.sweep_id, NEW.seq, NEW.stage,
    jsonb_build_object('state', OLD.state, 'fence', OLD.fence::text, 'session', OLD.session),
    jsonb_build_object('state', NEW.state, 'fence', NEW.fence::text, 'session', NEW.session),
    (SELECT ended_at IS NULL AND expires_at > now() FROM session WHERE id = coalesce(NEW.session, OLD.session)));
  RETURN NULL;
END $$;
CREATE FUNCTION record_object() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO history_object (op, sweep, seq, key) SELECT TG_OP, o.sweep_id, o.seq, o.key FROM (SELECT (CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END).*) o;
  RETURN NULL;
END $$;
CREATE TRIGGER record_shard AFTER UPDATE ON shard FOR EACH ROW
  WHEN (OLD.state <> NEW.state OR OLD.fence <> NEW.fence OR OLD.session IS DISTINCT FROM NEW.session) EXECUTE FUNCTION record_shard();
CREATE TRIGGER record_object AFTER INSERT OR UPDATE OR DELETE ON object FOR EACH ROW EXECUTE FUNCTION record_object();`;

export async function recordHistory(cluster: Cluster): Promise<void> { await cluster.query(recorder); }

export const readHistory = (cluster: Cluster): Promise<readonly Change[]> => cluster.query<Change>('SELECT n::text, sweep, seq, stage, was, "is", alive FROM history ORDER BY history.n');

/** Which state may follow which; what only `retry` does, a person's act, stands apart. */
const moves: ReadonlySet<string> = new Set(['waiting → ready', 'ready → leased', 'leased → ready', 'leased → done', 'leased → quarantined']);
const retried: ReadonlySet<string> = new Set(['quarantined → ready', 'quarantined → waiting', 'done → waiting', 'leased → waiting', 'ready → waiting']);

/**
 * Every way in which a history breaks the state machine, in words; none where it holds:
 * a shard goes on from where its last change left it; a fence rises by one at each claim and never else; a claim and a
 * commit are of a living session; what is done stays done, but for a `publish` that a retry sets back; it is not published
 * before all else has ended.
 */
export function violations(history: readonly Change[]): readonly string[] {
  const found: string[] = [];
  const last = new Map<string, Change['is']>();
  const states = new Map<string, Map<number, string>>();
  for (const { n, sweep, seq, stage, was, is, alive } of history) {
    const name = `${sweep}/${seq}`;
    const blame = (what: string): void => { found.push(`change ${n} of ${name} (${was.state} ${was.fence} → ${is.state} ${is.fence}): ${what}`); };
    const before = last.get(name);
    if (before !== undefined && (before.state !== was.state || before.fence !== was.fence || before.session !== was.session)) blame(`it was left as ${before.state} ${before.fence}`);
    last.set(name, is);
    const move = `${was.state} → ${is.state}`;
    const byHand = retried.has(move) && (stage === 'publish' || was.state === 'quarantined');
    if (!moves.has(move) && !byHand) blame('no such move');
    const claim = move === 'ready → leased';
    if (BigInt(is.fence) - BigInt(was.fence) !== (claim ? 1n : 0n)) blame('the fence did not move as it must');
    if ((is.session !== null) !== (is.state === 'leased')) blame('a session that holds nothing, or a lease of nobody');
    if ((claim || is.state === 'done') && alive !== true) blame('by a session that had ended');
    const all = states.get(sweep) ?? new Map<number, string>();
    states.set(sweep, all.set(seq, is.state));
    if (stage === 'publish' && claim && [...all].some(([other, state]) => other !== seq && state !== 'done' && state !== 'quarantined')) blame('published while others were open');
  }
  return found;
}
