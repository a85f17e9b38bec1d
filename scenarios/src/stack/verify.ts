import type { Incident, ObservationEvent } from '@tapio/domain';
import { eventIdParts } from '@tapio/domain';
import type { ScenarioRecord } from '../scenarios/scenario.ts';

/** What an answer is compared with. */
export interface Expectation {
  readonly record: ScenarioRecord;
  /** Of the agent that ran: kernel events of this run carry it in their id. */
  readonly captureEpoch: string;
}

/** A second: the resolution of every time in a pod's status and in its managedFields. */
const API_RESOLUTION_MS = 1_000;

/**
 * Why an answer is not the truth, proven by what the kernel said in this run; empty when it is.
 *
 * @param events the events that the incident stands on, as the graph holds them
 */
export function whyNotProven(
  incident: Incident,
  events: readonly ObservationEvent[],
  { record, captureEpoch }: Expectation,
): readonly string[] {
  const { truth } = record;
  const byId = new Map(events.map((event) => [event.id, event]));
  const chain = incident.chain.map((step) => byId.get(step.eventId));
  const types = chain.flatMap((event) => (event === undefined ? [] : [event.type]));
  const problems = [
    ...expectEqual('the verdict', incident.verdict.status, 'settled'),
    ...(incident.ruledOut.length === 0 ? ['nothing was ruled out'] : []),
    ...expectEqual('the cause', incident.verdict.causeCode ?? 'none', truth.cause ?? 'none'),
    ...expectEqual(
      'the object',
      objectOf(incident),
      `${truth.object.kind} ${truth.object.namespace}/${truth.object.name}`,
    ),
    ...truth.chain
      .filter((type) => !types.includes(type))
      .map((type) => `the chain has no ${type}: it is ${types.join(' <- ') || 'empty'}`),
  ];
  const proof = events.filter((event) => isProof(event, record, captureEpoch));
  if (proof.length === 0) {
    problems.push(
      'no kernel event of this run’s capture and of this scenario’s containers is behind the answer',
    );
  }
  if (!chain.some((event) => event !== undefined && proof.includes(event))) {
    problems.push('no step of the chain was captured by eBPF in this run');
  }
  return [...problems, ...changeProblems(incident, byId, record), ...senderProblems(chain, truth.sender)];
}

/** It is of this run: its id carries the capture epoch, and its container is one that the scenario saw die. */
function isProof(event: ObservationEvent, record: ScenarioRecord, captureEpoch: string): boolean {
  if (event.source !== 'kernel' || eventIdParts(event.id)[2] !== captureEpoch) return false;
  return record.deaths.some((death) => death.containerId === event.containerId);
}

function changeProblems(
  incident: Incident,
  byId: ReadonlyMap<string, ObservationEvent>,
  { truth, changedAtMs }: ScenarioRecord,
): string[] {
  const { change: expected } = truth;
  const { change } = incident;
  if (expected === null)
    return change === undefined ? [] : [`a change is blamed that was not made: ${change.words}`];
  const event = change === undefined ? undefined : byId.get(change.eventId);
  if (event === undefined) return ['the originating change was not found'];
  const offsetMs = changedAtMs === undefined ? 0 : event.timestamp / 1000 - changedAtMs;
  return [
    ...expectEqual('the change’s type', event.type, expected.type),
    ...expectEqual('the changed field', event.data['field'] ?? 'none', expected.field),
    ...expectEqual('the value before', event.data['old'] ?? 'none', expected.old),
    ...expectEqual('the value after', event.data['new'] ?? 'none', expected.new),
    ...expectEqual('the field manager', event.data['manager'] ?? 'none', expected.manager),
    ...(Math.abs(offsetMs) > API_RESOLUTION_MS ? [`the change is dated ${Math.round(offsetMs)} ms off`] : []),
  ];
}

function senderProblems(chain: readonly (ObservationEvent | undefined)[], sender: string | null): string[] {
  if (sender === null) return [];
  const named = chain.flatMap((event) => event?.data['sender_comm'] ?? []);
  return named.includes(sender) ? [] : [`the sender is ${named.join(', ') || 'not named'}, not ${sender}`];
}

function objectOf({ subject }: Incident): string {
  return `${subject.kind} ${subject.namespace ?? ''}/${subject.name}`;
}

function expectEqual(what: string, found: string, expected: string): string[] {
  return found === expected ? [] : [`${what} is ${found}, not ${expected}`];
}
