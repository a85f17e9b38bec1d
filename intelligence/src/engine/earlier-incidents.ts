import type { Incident } from '@tapio/domain';

/** Incidents that the graph has from before a restart, and those that lost their symptoms since. */
export class EarlierIncidents {
  readonly #known = new Map<string, Incident>();
  readonly #bySymptom = new Map<string, string>();
  /** Should they come back, their revisions go on. */
  readonly #withdrawn = new Map<string, Incident>();

  constructor(known: readonly Incident[]) {
    for (const incident of known) {
      if (incident.supersededBy !== undefined) {
        this.#withdrawn.set(incident.id, incident);
        continue;
      }
      this.#known.set(incident.id, incident);
      for (const id of incident.symptomEventIds) this.#bySymptom.set(id, incident.id);
    }
  }

  /** Whether any symptom of before has still to be looked at. */
  get hasSymptoms(): boolean {
    return this.#bySymptom.size > 0;
  }

  get(id: string): Incident | undefined {
    return this.#known.get(id);
  }

  /** The one that counted the symptom. */
  ofSymptom(symptomId: string): Incident | undefined {
    return this.#known.get(this.#bySymptom.get(symptomId) ?? '');
  }

  /** The symptom was asked again and has its place. */
  symptomPlaced(symptomId: string): void {
    this.#bySymptom.delete(symptomId);
  }

  /** A group goes on with it, or it is closed: it is no more to be looked for. */
  done(id: string): void {
    this.#known.delete(id);
  }

  withdrawn(id: string): Incident | undefined {
    return this.#withdrawn.get(id);
  }

  withdraw(incident: Incident): void {
    this.#withdrawn.set(incident.id, incident);
  }

  /** Keeps only so many of the withdrawn, the newest. */
  bound(limit: number): void {
    for (const id of this.#withdrawn.keys()) {
      if (this.#withdrawn.size <= limit) return;
      this.#withdrawn.delete(id);
    }
  }
}
