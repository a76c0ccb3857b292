import type { Pool } from 'pg';
import { inTransaction } from './transaction.ts';

/** Channel on which every change of a job's state is told, as "<job id> <pg-boss state>". */
export const STATE_CHANNEL = 'gpu_media_state';
/** Channel on which progress is told, as "<job id>". */
export const PROGRESS_CHANNEL = 'gpu_media_progress';

/**
 * Our side of the database. pg-boss owns a job's state; these tables only add what it has no place for:
 * what a client sent with a job, what the job has published, and how far it is (unlogged: it can be lost).
 */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS gpu_media;
CREATE TABLE IF NOT EXISTS gpu_media.submission (
	job_id uuid PRIMARY KEY,
	sequence bigint GENERATED ALWAYS AS IDENTITY,
	queue text NOT NULL,
	operation text NOT NULL,
	metadata jsonb,
	idempotency_key text,
	body_hash text NOT NULL,
	batch_id text,
	batch_size int,
	webhook jsonb,
	webhook_sent boolean NOT NULL DEFAULT false,
	failures int NOT NULL DEFAULT 0,
	worker text,
	created_on timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX IF NOT EXISTS submission_key ON gpu_media.submission (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS submission_sequence ON gpu_media.submission (sequence);
CREATE INDEX IF NOT EXISTS submission_batch ON gpu_media.submission (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS submission_webhook ON gpu_media.submission (sequence) WHERE webhook IS NOT NULL AND NOT webhook_sent;
CREATE TABLE IF NOT EXISTS gpu_media.published (
	job_id uuid NOT NULL REFERENCES gpu_media.submission ON DELETE CASCADE,
	key text NOT NULL,
	url text NOT NULL,
	size_bytes bigint NOT NULL,
	PRIMARY KEY (job_id, key)
);
CREATE UNLOGGED TABLE IF NOT EXISTS gpu_media.progress (
	job_id uuid PRIMARY KEY,
	percent real NOT NULL,
	stage text NOT NULL,
	updated_on timestamptz NOT NULL DEFAULT now()
);
`;

/**
 * Tells every change of state, whoever made it: a worker, a cancel, or pg-boss's own supervisor. pg-boss fails a
 * job by deleting and inserting it again, so inserts count too.
 */
const TRIGGER = `
CREATE OR REPLACE FUNCTION gpu_media.tell_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('${STATE_CHANNEL}', NEW.id || ' ' || NEW.state);
	RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER gpu_media_tell_state AFTER INSERT OR UPDATE OF state ON pgboss.job
	FOR EACH ROW EXECUTE FUNCTION gpu_media.tell_state();
`;

/** Any number of workers may start at once on one database: one of them makes the tables, the others wait. */
const LOCK = 'SELECT pg_advisory_xact_lock(7461001)';

/** Makes the tables that are missing. Call after pg-boss has made its own. */
export async function prepareSchema(pool: Pool): Promise<void> {
	await inTransaction(pool, async (client) => {
		await client.query(LOCK);
		await client.query(TABLES);
		await client.query(TRIGGER);
	});
}
