export type { TerminatedRun } from './node/pod-object.ts';
export type { BackOffOptions } from './node/restart-back-off.ts';
export { KUBELET_BACK_OFF, QUICK_BACK_OFF } from './node/restart-back-off.ts';
export { memoryController, removeCgroupTree } from './node/memory-cgroup.ts';
export { runScenario } from './scenarios/run-scenario.ts';
export type { ScenarioOptions, ScenarioRecord } from './scenarios/scenario.ts';
export { ScenarioPod } from './scenarios/scenario.ts';
export type { ScenarioName, Truth } from './truth.ts';
export { SCENARIO_NAMES, readTruth } from './truth.ts';
