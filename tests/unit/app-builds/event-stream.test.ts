import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  followEvents,
  type StreamStatus,
} from '#app/(dashboard)/builds/[number]/_components/event-stream.ts';

/** As much of the browser's own as is needed to see what is open, and to break it. */
class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  onopen = () => {};
  onmessage = () => {};
  onerror = () => {};
  isClosed = false;

  constructor() {
    super();
    FakeSource.all.push(this);
  }

  close() {
    this.isClosed = true;
  }
}

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
}

let page: FakeDocument;
let told: StreamStatus[];
let leave: () => void;

const open = () => FakeSource.all.filter(({ isClosed }) => !isClosed);

function look(visibilityState: 'hidden' | 'visible') {
  page.visibilityState = visibilityState;
  page.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.all = [];
  page = new FakeDocument();
  told = [];
  vi.stubGlobal('EventSource', FakeSource);
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', new EventTarget());
  leave = followEvents({
    url: () => '/events',
    onData: () => {},
    onStatus: (status) => told.push(status),
    onEnd: () => 'done',
  });
  open()[0]?.onopen();
});
afterEach(() => {
  leave();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('a page that was looked at again keeps its stream, though that broke in the meantime', () => {
  look('hidden');
  vi.advanceTimersByTime(10_000);
  open()[0]?.onerror();
  vi.advanceTimersByTime(10_000);
  open()[0]?.onopen();
  look('visible');
  vi.advanceTimersByTime(600_000);
  expect(open()).toHaveLength(1);
  expect(told).toEqual(['connecting', 'open', 'lost', 'open']);
});

test('a page in the background lets go after a minute, broken or not, and comes back when it is looked at', () => {
  look('hidden');
  vi.advanceTimersByTime(59_900);
  expect(open()).toHaveLength(1);
  open()[0]?.onerror();
  vi.advanceTimersByTime(600_000);
  expect(open()).toHaveLength(0);
  look('visible');
  expect(open()).toHaveLength(1);
});

test('a break that is told twice is tried again once', () => {
  const [source] = open();
  source?.onerror();
  source?.onerror();
  vi.advanceTimersByTime(20_000);
  expect(open()).toHaveLength(1);
  expect(FakeSource.all).toHaveLength(2);
});

test('whoever has left is left alone', () => {
  open()[0]?.onerror();
  look('hidden');
  leave();
  vi.advanceTimersByTime(600_000);
  look('visible');
  expect(open()).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
});
