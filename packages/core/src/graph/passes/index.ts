export { shareCommonSubexpressions } from './common-subexpressions.js';
export { foldConstants } from './constant-folding.js';
export { joinPads } from './join-pads.js';
export { optimize } from './optimize.js';
export { rewriteGraph } from './rewrite.js';
export { simplify } from './simplify.js';
