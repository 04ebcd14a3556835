import { isAtlasError } from '@neuron-atlas/errors';
import type { ComponentChildren } from 'preact';

export interface NoticeProps {
  /** What sort of state it is: nothing there, something wrong, not all there yet. */
  readonly kind: 'empty' | 'broken' | 'partial';
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: { readonly href: string; readonly text: string };
}

const marks = { empty: 'M8 24h32M8 24a16 16 0 0 1 32 0M20 24a4 4 0 0 1 8 0', broken: 'M24 8v18M24 34v3M8 42h32L24 6z', partial: 'M24 6a18 18 0 1 0 18 18M24 6v18h18' };

/** A state that is not the usual one, said in words and with what to do. */
export function Notice({ kind, title, children, action }: NoticeProps) {
  return (
    <section class={`notice notice-${kind}`} role={kind === 'broken' ? 'alert' : 'status'}>
      <svg viewBox="0 0 48 48" aria-hidden="true"><path d={marks[kind]} fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" /></svg>
      <div>
        <h2>{title}</h2>
        {children === undefined ? null : <div class="notice-text">{children}</div>}
        {action === undefined ? null : <p><a class="button" href={action.href}>{action.text}</a></p>}
      </div>
    </section>
  );
}

/** A failure, with its code and what to do about it. */
export function Failure({ error, what }: { readonly error: unknown; readonly what: string }) {
  if (!isAtlasError(error)) {
    return <Notice kind="broken" title={what}><p>{error instanceof Error ? error.message : String(error)}</p></Notice>;
  }
  const { code, message, help } = error;
  return (
    <Notice kind="broken" title={what} action={{ href: '#/', text: 'Go to the model' }}>
      <p>{sentence(message)}</p>
      <p>{sentence(help)}</p>
      <p class="quiet"><code>{code}</code></p>
    </Notice>
  );
}

export const sentence = (text: string): string => (text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`);

/** Something is on its way: a shape of what will come, and a word for readers of the screen. */
export function Waiting({ what }: { readonly what: string }) {
  return <div class="waiting" role="status"><span class="waiting-bar" aria-hidden="true" /><span class="hidden">{`Loading ${what}`}</span></div>;
}
