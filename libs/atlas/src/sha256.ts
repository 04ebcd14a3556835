/** The sha256 of bytes, in lower-case hex. */
export type Sha256 = (data: Uint8Array) => string | Promise<string>;

/** By WebCrypto, which Node and secure web pages have. */
export const webSha256: Sha256 = async (data) => {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(data));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
};
