/** The slope below zero with which a view's objective takes the mean of a map behind which a rectifier stands: that of `channel`, which is its default for others. */
export function leakOf(view: { readonly objective: string; readonly objectiveParams: Readonly<Record<string, number | string>> } | undefined): number {
  const leak = view?.objective === 'channel' ? view.objectiveParams['leak'] : undefined;
  return typeof leak === 'number' ? leak : 0.01;
}
