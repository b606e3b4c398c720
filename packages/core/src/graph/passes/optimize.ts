import type { Graph } from '../graph.js';
import { shareCommonSubexpressions } from './common-subexpressions.js';
import { foldConstants } from './constant-folding.js';
import { joinPads } from './join-pads.js';
import { simplify } from './simplify.js';

/**
 * What every graph goes through before a backend sees it. Dead code needs no pass of its own: a graph
 * holds only what its outputs need.
 */
export function optimize(graph: Graph): Graph {
  return shareCommonSubexpressions(joinPads(simplify(foldConstants(graph))));
}
