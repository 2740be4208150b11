import { DecideBody } from '#apps/api/src/reviews/review-bodies.dto';

/** The very body that the real route takes. */
export class BenchDecideBody extends DecideBody {}
