/**
 * The profile: one YAML file in two sections that never mix. `policy` is meaning (limits, gates,
 * strategies) and is hashed into the policy revision; `wiring` is hosts, ports, paths and stores,
 * and is all that the environment may override. An unknown key refuses to start.
 */
import { z } from 'zod';
import { executionPolicySchema } from '../../streams/facts/policy/execution.ts';
import { guardPolicySchema } from '../../streams/facts/policy/guard.ts';

export const stages = ['DEV', 'STAGING', 'PAPER', 'MICRO_LIVE', 'PROD'] as const;
export type Stage = (typeof stages)[number];

const port = z.int().min(0).max(65_535);
const token = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes');

/** A launch policy file: what may be traded, how much, and when it stops. */
export const launchPolicySchema = z.strictObject({
  schema_version: z.literal(1),
  name: token,
  /** Venue hosts the dispatch chokepoint may talk to. */
  venue_hosts_allowed: z.array(z.string().min(1)).min(1),
  execution: executionPolicySchema,
  guard: guardPolicySchema,
});
export type LaunchPolicy = z.infer<typeof launchPolicySchema>;

export const strategySchema = z.strictObject({
  /** Runner id, also the strategy id in labels and evidence. */
  id: token,
  kind: z.string().min(1),
  enabled: z.boolean().default(true),
  decision_deadline_ms: z.number().positive().max(10_000).default(250),
  /** Validated by the strategy kind. */
  parameters: z.record(z.string(), z.unknown()),
});

const policySchema = z.strictObject({
  /** Launch policy file, relative to the profile. */
  launch_policy: z.string().min(1),
  /** Prefixes or names of instruments to subscribe to besides what strategies select. */
  watch: z.array(z.string()).default([]),
  strategies: z.array(strategySchema).max(50),
});

const listenSchema = (defaultPort: number) =>
  z.strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: port.default(defaultPort),
    /** Further names by which clients may address the port, as in its certificate. */
    names: z.array(z.string().regex(/^[a-z0-9.-]+$/i, 'a host name')).default([]),
    tls_key_file: z.string().min(1).optional(),
    tls_cert_file: z.string().min(1).optional(),
  });

/** An address of a service; what is in a profile can be read by many, so it holds no password. */
const serviceUrl = (protocols: RegExp, form: string) =>
  z
    .url({ protocol: protocols, error: form })
    .refine((text) => !URL.canParse(text) || new URL(text).password === '', {
      error: 'holds a password: name an environment variable instead',
    });

const venueSchema = z.strictObject({
  /** The protocol; `simulated` speaks it as well. */
  kind: z.literal('deribit'),
  name: token.default('deribit'),
  environment: z.enum(['simulated', 'test', 'production']),
  /** Absent with a simulated venue that this profile starts itself. */
  ws_url: serviceUrl(/^wss?$/, 'a ws:// or wss:// address').optional(),
  http_url: serviceUrl(/^https?$/, 'an http:// or https:// address').optional(),
  account: z.string().default('main'),
  client_id: z.string().min(1),
  /** Name of the environment variable (or its `_FILE` twin) with the secret. */
  client_secret_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .default('HOLDFAST_VENUE_CLIENT_SECRET'),
});

const simulatedVenueSchema = z.strictObject({
  /** Whether `holdfast up` starts one. */
  start: z.boolean().default(true),
  host: z.string().default('127.0.0.1'),
  port: port.default(8790),
  source: z.enum(['generator', 'world']).default('generator'),
  /** Sealed world to replay when the source is `world`. */
  world: z.string().optional(),
  seed: z.int().nonnegative().default(42),
  speed: z.number().positive().default(1),
});

const watchdogSchema = z.strictObject({
  /** Whether `holdfast up` starts one. */
  start: z.boolean().default(true),
  /** The daemon restricts itself without it: reduce-only after `watchdog_reduce_only_s`, then Kill. */
  required: z.boolean().default(false),
  interval_ms: z.int().min(100).max(60_000).default(1_000),
  /** A daemon that was not heard for this long has its orders cancelled at the venue. */
  silence_ms: z.int().min(500).max(600_000).default(10_000),
  /** A key of its own; absent: the daemon's. */
  client_id: z.string().min(1).optional(),
  client_secret_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .default('HOLDFAST_WATCHDOG_CLIENT_SECRET'),
});

const storeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded'),
    memory_bytes_max: z.int().positive().default(2_147_483_648),
  }),
  z.strictObject({
    kind: z.literal('server'),
    url: serviceUrl(/^https?$/, 'an http:// or https:// address'),
    database: z.string().default('holdfast'),
    user: z.string().default('default'),
    password_env: z.string().default('HOLDFAST_STORE_PASSWORD'),
  }),
  z.strictObject({ kind: z.literal('none') }),
]);

const wiringSchema = z.strictObject({
  /** Journal, store and state live here; relative to the working directory. */
  data_directory: z.string().min(1).default('.holdfast'),
  oracle_root: z.string().min(1).default('.holdfast/oracle'),
  status: listenSchema(8780).prefault({}),
  control: listenSchema(8781).prefault({}),
  venue: venueSchema,
  simulated_venue: simulatedVenueSchema.prefault({}),
  watchdog: watchdogSchema.prefault({}),
  store: storeSchema.prefault({ kind: 'embedded' }),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
      /** `stderr`, or a file path relative to the data directory. */
      destination: z.string().default('daemon.log'),
    })
    .prefault({}),
  stop_deadline_ms: z.int().positive().max(60_000).default(8_000),
});
export type Wiring = z.infer<typeof wiringSchema>;

export const profileSchema = z.strictObject({
  schema_version: z.literal(1),
  name: token,
  stage: z.enum(stages),
  /** The only unlocked value; a promotion record unlocks more. */
  execution: z.literal('simulated').default('simulated'),
  policy: policySchema,
  wiring: wiringSchema,
});
export type Profile = z.infer<typeof profileSchema>;
