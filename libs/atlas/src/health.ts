/** What can be wrong with a unit or with one picture of it; no flag is `healthy`. */
export type Health =
  | 'blocked'           // its layer cannot be differentiated: nothing was made
  | 'failed'            // a shard of it was given up: something was not made
  | 'not-finite'        // the score or the picture stopped being a number
  | 'gradient-blocked'  // no gradient reached the picture
  | 'dead'              // its pre-activation never rose above zero, and a ReLU follows
  | 'silent'            // no picture of the data set raised it above zero, and a ReLU follows
  | 'constant'          // every picture of the data set gives it the same activation
  | 'no-gain'           // the score did not end above its start
  | 'below-natural'     // no made picture scores as high as a natural one
  | 'unspecific'        // its picture raises many other units of the layer more
  | 'seeds-disagree'    // its pictures from other seeds are hardly more alike than those of other units
  | 'unclear';          // its exemplars do not tell what excites it

/** Every flag, the gravest first: the order in which flags are listed. */
export const healthFlags = ['blocked', 'failed', 'not-finite', 'gradient-blocked', 'dead', 'silent', 'constant', 'no-gain', 'below-natural', 'unspecific', 'seeds-disagree', 'unclear'] as const satisfies readonly Health[];

export function isHealth(word: string): word is Health {
  return (healthFlags as readonly string[]).includes(word);
}
