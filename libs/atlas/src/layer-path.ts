/** Names that Windows keeps for devices, whatever their extension. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;
const safe = /^[a-z0-9_-][a-z0-9._-]{0,79}$/;

/**
 * A layer id as one path segment: safe in file systems and URLs, different for different ids, also where case is ignored.
 *
 * An id that is safe already stays as it is; any other becomes its safe letters, `~` and 16 hex digits of its FNV-1a hash.
 */
export function layerPath(id: string): string {
  if (safe.test(id) && !id.endsWith('.') && !reserved.test(id)) return id;
  const slug = id.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[-.]+/, '').slice(0, 80).replace(/[-.]+$/, '');
  return `${slug}~${fnv1a64(id)}`;
}

// hash = (hash ⊕ byte) · prime, over UTF-8 bytes, modulo 2⁶⁴  (Fowler, Noll, Vo; isthe.com/chongo/tech/comp/fnv)
function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
