/** What a prior lets a picture be, in a sentence; a plug-in's own is described by its name alone. */
const priors: Readonly<Record<string, string>> = {
  pixels: 'Every pixel is free; a mild pull towards smoothness keeps noise down',
  fourier: 'The picture is made of waves whose high frequencies start weak, so that broad shapes come first',
  magnitude: 'Only the phases of the picture are free; how strong each frequency is was taken from natural pictures',
  generator: 'A network trained on natural pictures paints it; only the code that the network is given is free. It looks natural because the painter is, which says nothing of the unit',
};

export const priorSentence = (prior: string): string => `${priors[prior] ?? `The prior “${prior}” decides what the picture can be`}.`;

const objectives: Readonly<Record<string, string>> = {
  channel: 'the mean of the unit over all positions of its map',
  neuron: 'the unit at one position, so that the picture is as large as what that position sees',
  diversity: 'the mean of the unit over all positions of its map, less how alike the pictures of the unit are: each shows what the others do not',
  facet: 'the unit where its exemplars lie, climbed from what some of them have in common: a picture for each kind of thing that it answers to',
  caricature: 'how much of what the layer sees in a given picture is in it: the same for every unit',
  logit: 'the output of the unit, before it is turned into a probability',
};

export const objectiveWords = (objective: string): string => objectives[objective] ?? `the objective “${objective}”`;

/** What each part of a unit's page is, and what it does not show. */
export const about = {
  synthesis: 'Each picture was climbed to: it started as noise, and step by step it was changed so that the score of this unit rose. It shows what drives the unit up. It does not show what the unit is for, nor all that it likes.',
  seeds: 'The same climb from other noise. Where seeds look alike, what they share is the unit’s; where they differ, it likes more than one thing.',
  facets: 'Each climb began from exemplars of another kind. Where the pictures differ, the unit answers to several things; where they are alike, to one.',
  exemplars: 'The pictures of the data set that excite the unit most, each from another picture, cut to what the unit sees. They are the best single witness of a unit.',
  projections: 'Which pixels of the exemplar carried the activation, followed back through the network. Bright is not the same as important.',
  statistics: 'How the unit behaves over the whole data set.',
  quality: 'Measured on the pictures as they are here, put back through the model. In a forced choice a judge (other layers of the network) is shown two natural pictures, and by exemplars or made pictures says which of them excites the unit; 50 % is chance.',
  provenance: 'All that is needed to make the pictures again, bit for bit on the same kind of device.',
} as const;
