import { describe, expect, it } from 'vitest';
import { decodeKey, encodeKey, objectKey } from '../../worker/src/io/object-key.ts';
import { parseRange } from '../../worker/src/io/parse-range.ts';
import {
	newUploadId,
	parseUploadReference,
	uploadReference,
} from '../../worker/src/io/upload-reference.ts';

describe('objectKey', () => {
	it.each([
		[undefined, 'a.mp4', 'jobs/j1/a.mp4'],
		['', 'a.mp4', 'jobs/j1/a.mp4'],
		[
			'Project Name/Video Title/videos/',
			'vidéo 1.mp4',
			'Project Name/Video Title/videos/vidéo 1.mp4',
		],
		['cafe\u0301', 'e\u0301.mp4', 'caf\u00e9/\u00e9.mp4'],
		['a..b/.hidden', '...mp4', 'a..b/.hidden/...mp4'],
	])('%j and %j make %j', (path, filename, key) => {
		expect(objectKey(path, 'j1', filename)).toBe(key);
	});

	it.each([
		['/a', 'x'],
		['a//b', 'x'],
		['a//', 'x'],
		['..', 'x'],
		['a/../b', 'x'],
		['./a', 'x'],
		['a\\b', 'x'],
		['a\u0000b', 'x'],
		['a\nb', 'x'],
		['a', '..'],
		['a', '.'],
		['a', ''],
		['a', 'b/c'],
		['a', 'b\u007f'],
		['x'.repeat(256), 'x'],
		['é'.repeat(128), 'x'],
		[Array(5).fill('x'.repeat(250)).join('/'), 'x'],
		['a', '\ud800.mp4'],
	])('refuses %j with %j', (path, filename) => {
		expect(() => objectKey(path, 'j1', filename)).toThrow(
			expect.objectContaining({ code: 'invalid_request' }),
		);
	});

	it('shortens a long file name before its ending, never inside a character', () => {
		const name = objectKey('p', 'j1', `${'😀'.repeat(100)}.mp4`).slice(2);
		expect(name).toBe(`${'😀'.repeat(62)}.mp4`);
		expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
	});

	it('is encoded segment by segment and read back', () => {
		const key = "Proj é/a+b&c?d#e%20 'x' (1)!*.mp4";
		expect(encodeKey(key)).toBe(
			'Proj%20%C3%A9/a%2Bb%26c%3Fd%23e%2520%20%27x%27%20%281%29%21%2A.mp4',
		);
		expect(decodeKey(encodeKey(key))).toBe(key);
		expect(decodeKey('%E9')).toBeUndefined();
	});
});

describe('parseRange', () => {
	const part = (start: number, end: number) => ({ kind: 'part', start, end });
	it.each([
		[undefined, { kind: 'full' }],
		['bytes=0-0', part(0, 0)],
		['bytes=0-', part(0, 99)],
		['bytes=90-1000', part(90, 99)],
		['Bytes=10-19', part(10, 19)],
		['bytes=-10', part(90, 99)],
		['bytes=-1000', part(0, 99)],
		['bytes=99-', part(99, 99)],
		['bytes=100-', { kind: 'unsatisfiable' }],
		['bytes=100-50', { kind: 'full' }],
		['bytes=-0', { kind: 'unsatisfiable' }],
		['bytes=5-4', { kind: 'full' }],
		['bytes=0-1,5-6', { kind: 'full' }],
		['bytes=-', { kind: 'full' }],
		['bytes=a-b', { kind: 'full' }],
		['items=0-1', { kind: 'full' }],
	])('%s of 100 bytes', (header, expected) => {
		expect(parseRange(header, 100)).toEqual(expected);
	});

	it('of an empty file is never satisfiable', () => {
		expect(parseRange('bytes=0-', 0).kind).toBe('unsatisfiable');
		expect(parseRange('bytes=-5', 0).kind).toBe('unsatisfiable');
		expect(parseRange(undefined, 0).kind).toBe('full');
	});
});

describe('upload references', () => {
	it.each([
		['my video.mp4', 'my video.mp4'],
		['../../etc/passwd', 'passwd'],
		['..', '_'],
		['', 'file'],
		['a\\b\u0000c?.srt', 'b_c_.srt'],
		[`${'é'.repeat(300)}.webm`, `${'é'.repeat(60)}.webm`],
	])('%j is kept as %j', (given, kept) => {
		const id = newUploadId(given);
		expect(id.name).toBe(kept);
		expect(parseUploadReference(uploadReference(id))).toEqual(id);
		expect(newUploadId(given).id).not.toBe(id.id);
	});

	it.each([
		'upload://x/a.mp4',
		'upload://',
		`upload://${'a'.repeat(32)}/..%2F..%2Fsecret`,
		`upload://${'a'.repeat(32)}/..`,
		`upload://${'a'.repeat(32)}/a/b`,
		`upload://${'a'.repeat(32)}/%E9`,
		'https://example.com/a',
	])('%s is none', (reference) => {
		expect(parseUploadReference(reference)).toBeUndefined();
	});
});
