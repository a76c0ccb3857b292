import { expect, test } from 'vitest';
import { CodedError } from '../worker/src/errors.ts';
import { Semaphore } from '../worker/src/semaphore.ts';

const never = new AbortController().signal;

test('no more slots are held than there are, and they are handed on in order', async () => {
	const semaphore = new Semaphore(2);
	const order: number[] = [];
	let held = 0;
	let most = 0;
	await Promise.all(
		[0, 1, 2, 3, 4].map(async (n) => {
			using _slot = await semaphore.acquire(never);
			order.push(n);
			held += 1;
			most = Math.max(most, held);
			await Promise.resolve();
			held -= 1;
		}),
	);
	expect(most).toBe(2);
	expect(order).toEqual([0, 1, 2, 3, 4]);
});

test('a slot that is given back twice counts once', async () => {
	const semaphore = new Semaphore(1);
	const first = await semaphore.acquire(never);
	first[Symbol.dispose]();
	first[Symbol.dispose]();
	using _second = await semaphore.acquire(never);
	const waiting = new AbortController();
	const third = semaphore.acquire(waiting.signal);
	waiting.abort();
	await expect(third).rejects.toMatchObject({ code: 'cancelled' });
});

test('who stops waiting gets the reason, and no slot is lost to him', async () => {
	const semaphore = new Semaphore(1);
	const first = await semaphore.acquire(never);
	const impatient = new AbortController();
	const second = semaphore.acquire(impatient.signal);
	impatient.abort(new CodedError('deadline_exceeded', 'too late'));
	await expect(second).rejects.toMatchObject({ code: 'deadline_exceeded' });
	await expect(semaphore.acquire(impatient.signal)).rejects.toMatchObject({
		code: 'deadline_exceeded',
	});
	const third = semaphore.acquire(never);
	first[Symbol.dispose]();
	await expect(third).resolves.toBeDefined();
});
