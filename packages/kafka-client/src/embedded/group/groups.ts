import type { Environment } from "@millrace/kernel";
import type { OffsetAndMetadata } from "../../port/consumer.js";
import { FatalClientError } from "../../port/errors.js";
import type { TpMap } from "../../port/topic-partition.js";
import type { Journal } from "../journal.js";
import { Group, type Committer } from "./group.js";

/** The group coordinator: the groups of a cluster and their committed offsets. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  readonly #environment: Environment;
  readonly #journal: Journal;
  readonly #initialDelayMs: number;

  constructor(environment: Environment, journal: Journal, initialDelayMs: number) {
    this.#environment = environment;
    this.#journal = journal;
    this.#initialDelayMs = initialDelayMs;
  }

  /** The group of that id; one that was not there before is empty. */
  get(groupId: string): Group {
    let group = this.#groups.get(groupId);
    if (group === undefined) {
      group = new Group(groupId, this.#environment, this.#initialDelayMs);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  find(groupId: string): Group | undefined {
    return this.#groups.get(groupId);
  }

  all(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Generation-checked. */
  commit(groupId: string, offsets: TpMap<OffsetAndMetadata>, committer: Committer): void {
    const group = this.get(groupId);
    group.checkCommit(committer, false);
    this.#write(group, offsets);
  }

  /** For administrators: only while nobody is in the group. */
  alter(groupId: string, offsets: TpMap<OffsetAndMetadata>): void {
    const group = this.get(groupId);
    if (group.members.size > 0) throw stillInUse(groupId, group.members.size);
    this.#write(group, offsets);
  }

  delete(groupId: string): void {
    const group = this.#groups.get(groupId);
    if (group === undefined)
      throw new FatalClientError(`There is no group ${groupId}. List the groups to see their names.`);
    if (group.members.size > 0) throw stillInUse(groupId, group.members.size);
    this.#journal.write({ kind: "group-deleted", groupId });
    this.#groups.delete(groupId);
  }

  /** A deleted topic takes the offsets committed for it along. */
  forgetTopic(name: string): void {
    for (const group of this.#groups.values()) {
      for (const partition of group.offsets.all().keys()) {
        if (partition.topic === name) group.offsets.delete(partition);
      }
    }
  }

  #write(group: Group, offsets: TpMap<OffsetAndMetadata>): void {
    if (offsets.size === 0) return;
    group.offsets.set(offsets);
    const written = [...offsets].map(([{ topic, partition }, offset]) => [topic, partition, offset] as const);
    this.#journal.write({ kind: "offsets", groupId: group.id, offsets: written });
  }
}

function stillInUse(groupId: string, members: number): FatalClientError {
  return new FatalClientError(`Group ${groupId} has ${members} members. Stop them first, then try again.`);
}
