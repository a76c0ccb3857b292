import type { Pool } from 'pg';
import type { PgBoss } from 'pg-boss';
import { CodedError } from '../../errors.ts';
import { serialiseError } from './job-view.ts';

/**
 * Gives back the jobs this worker had when it was killed, so that they run again at once instead of after their
 * heartbeat has run out. Call before taking jobs.
 * @returns how many there were
 */
export async function recoverLostJobs(pool: Pool, boss: PgBoss, workerId: string): Promise<number> {
	const { rows } = await pool.query<{ id: string; name: string }>(
		`SELECT j.id, j.name FROM gpu_media.submission s JOIN pgboss.job j ON j.name = s.queue AND j.id = s.job_id
		 WHERE s.worker = $1 AND j.state = 'active'`,
		[workerId],
	);
	const output = serialiseError(
		new CodedError('worker_lost', 'The worker was stopped in the middle of the job.'),
	);
	for (const { id, name } of rows) {
		await boss.fail(name, id, output);
		await boss.update(name, undefined, { id, startAfter: new Date() });
	}
	return rows.length;
}

/** Forgets what is kept beside jobs that pg-boss has deleted after their retention. */
export async function forgetDeletedJobs(pool: Pool): Promise<void> {
	await pool.query(
		`DELETE FROM gpu_media.submission s WHERE s.created_on < now() - interval '1 day'
		 AND NOT EXISTS (SELECT FROM pgboss.job j WHERE j.name = s.queue AND j.id = s.job_id)`,
	);
	await pool.query(
		'DELETE FROM gpu_media.progress p WHERE NOT EXISTS (SELECT FROM gpu_media.submission s WHERE s.job_id = p.job_id)',
	);
}
