import { type Hearer, sharedListener } from '#lib/db/shared-listener.ts';
import type { Scope } from '#lib/teams/scope.ts';
import { findBuild } from './data.ts';
import { buildChannel } from './events.ts';
import { RowFollower, RowFollowers } from './row-followers.ts';
import type { NumberedEvent } from './schema.ts';
import { isFinal } from './state.ts';
import { Topic } from './topic.ts';
import type { BuildRow } from './types.ts';

/**
 * The events of a build after a number, complete and in order, as they come; ends after the build's last event, or
 * when `signal` fires. However many follow, the process listens on one connection and reads each event once.
 *
 * @throws NotFoundError, at the first step, when the workspace has no such build.
 */
export async function* followBuild(options: {
  readonly scope: Scope;
  readonly number: number;
  /** The newest event that the follower has; 0 for none. */
  readonly after: number;
  readonly signal: AbortSignal;
}): AsyncGenerator<NumberedEvent[], void, void> {
  const { scope, number, signal } = options;
  let leave = () => {};
  let topic: Topic | undefined;
  try {
    leave = await hub.enter(signal);
    // Read when the listener hears already, so that no event falls between what is read and what is announced.
    const build = await findBuild({ scope, number });
    if (isFinal(build.state) && options.after >= build.eventHead) return;
    topic = hub.enterTopic(build.id, build.eventHead);
    for (let after = options.after; ; ) {
      const events = await topic.next(after, signal);
      yield events;
      if (events.some(({ event }) => event.kind === 'state' && isFinal(event.state))) return;
      after = events.at(-1)?.number ?? after;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (topic !== undefined) hub.leaveTopic(topic);
    leave();
  }
}

/**
 * Rows of the workspace's history as they change, at most four times a second. Begins with the newest rows and all that
 * are under way. Ends when `signal` fires, or when the follower takes rows so slowly that it had better begin again.
 */
export async function* followBuilds(options: {
  readonly scope: Scope;
  readonly signal: AbortSignal;
}): AsyncGenerator<BuildRow[], void, void> {
  const { scope, signal } = options;
  let leave = () => {};
  const follower = new RowFollower(scope.workspaceId);
  try {
    leave = await hub.enter(signal);
    await hub.rows.enter(follower);
    for (;;) {
      const rows = await follower.take(signal);
      if (rows === null) return;
      yield rows;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    hub.rows.leave(follower);
    leave();
  }
}

/** What all followers of builds in this process share. */
class Hub {
  readonly rows = new RowFollowers();
  readonly #topics = new Map<string, Topic>();
  readonly #hearer: Hearer = {
    channel: buildChannel,
    hear: (payload) => this.#hear(payload),
    catchUp: () => this.#catchUp(),
  };

  /** Resolves when announcements are heard, with the function that ends this follower's part. */
  enter(signal: AbortSignal): Promise<() => void> {
    return sharedListener.enter(this.#hearer, signal);
  }

  enterTopic(buildId: string, head: number): Topic {
    const topic = this.#topics.get(buildId) ?? new Topic(buildId, head);
    this.#topics.set(buildId, topic);
    topic.enter();
    topic.announce(head);
    return topic;
  }

  leaveTopic(topic: Topic): void {
    topic.leave();
    if (topic.followers === 0) this.#topics.delete(topic.buildId);
  }

  #hear(payload: string): void {
    const [buildId = '', head] = payload.split(' ');
    this.#topics.get(buildId)?.announce(Number(head));
    this.rows.announce(buildId);
  }

  #catchUp(): void {
    for (const topic of this.#topics.values()) topic.announce();
    this.rows.catchUp();
  }
}

// A server bundles this file once for each of its layers; the process still reads each event once.
const key = Symbol.for('slipway.builds.live');
const holder = globalThis as { [key]?: Hub };
holder[key] ??= new Hub();
const hub: Hub = holder[key];
