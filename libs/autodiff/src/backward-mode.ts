/**
 * What a rectifier y = f(x) passes backward; everything else passes its gradient.
 *
 * `gradient`   dx = dy · f′(x): the derivative.
 * `deconvnet`  dx = r(dy), whatever x was (Zeiler and Fergus 2014, Visualizing and understanding convolutional networks).
 * `guided`     dx = r(dy) · f′(x): both (Springenberg et al. 2015, Striving for simplicity).
 *
 * r is max(·, 0), but for LeakyRelu and PRelu, whose own slope it has below zero. Rectifiers are Relu, Clip from 0, Gelu,
 * HardSwish and their kin, and the nodes that x · sigmoid(x), x · Φ(x) and the like are written out as (rectifiers.ts);
 * saturation, such as that of Clip above 6, belongs to f′ alone. A maximum goes back to one element, the first that holds
 * it (the switch), in the last two; in `gradient` those that hold it share it.
 */
export type BackwardMode = 'gradient' | 'deconvnet' | 'guided';
