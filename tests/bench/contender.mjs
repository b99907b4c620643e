// What the peers in peers/ share. Each exports `create(options)`, which starts it and resolves to
//   {label, version, prepare(spec), close?()};
// `prepare` resolves to a program for one case:
//   {run(units), check(), trend?(), stepsPerEpoch?, dispose?()}
// `run` does that many units of work; it may resolve to the seconds that they took, where it knows
// better than the caller. `check` resolves to numbers that are the same for all who did the same
// work, `trend` to the first and last loss of training.

/** Why a contender cannot run here, or cannot do a case: it is left out with this word. */
export class CannotDo extends Error {}
