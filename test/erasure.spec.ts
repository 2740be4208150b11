import { erasureSpec } from './support/erasure.js';

erasureSpec({ people: 12 });
