import { useEffect, useState } from 'preact/hooks';
import type { PictureRequest } from '../data/picture-store.js';
import { usePage } from '../page-context.js';

export interface PictureProps {
  readonly request: PictureRequest;
  /** What it shows; empty where the text beside it says so. */
  readonly alt: string;
  /** How it is drawn when it is larger than it is. */
  readonly crisp?: boolean;
}

type Shown = { readonly state: 'waiting' } | { readonly state: 'none' } | { readonly state: 'failed'; readonly why: string } | { readonly state: 'there'; readonly url: string };

/** One picture of the atlas, square; while it comes a shade, where there is none a mark. */
export function Picture({ request, alt, crisp = false }: PictureProps) {
  const { pictures } = usePage();
  const at = (): Shown => {
    const url = pictures.known(request.key);
    return url === undefined ? { state: 'waiting' } : { state: 'there', url };
  };
  const [held, setHeld] = useState<{ readonly key: string; readonly shown: Shown }>({ key: request.key, shown: at() });
  const shown = held.key === request.key ? held.shown : at();
  useEffect(() => pictures.want(request, (url, error) => {
    setHeld({
      key: request.key,
      shown: error !== undefined ? { state: 'failed', why: error instanceof Error ? error.message : String(error) }
        : url === undefined ? { state: 'none' } : { state: 'there', url },
    });
  }), [request.key]);
  switch (shown.state) {
    case 'there': return <img class={`picture${crisp ? ' picture-crisp' : ''}`} src={shown.url} alt={alt} draggable={false} decoding="async" />;
    case 'waiting': return <span class="picture picture-waiting" />;
    case 'none': return <span class="picture picture-none" role="img" aria-label={`${alt === '' ? 'Picture' : alt}: none was made`} title="No picture was made" />;
    case 'failed': return <span class="picture picture-failed" role="img" aria-label={`${alt === '' ? 'Picture' : alt}: could not be read`} title={shown.why} />;
  }
}
