import { createEgress } from '#lib/egress/egress.ts';
import { loadRegistries } from '#lib/egress/registries-config.ts';
import { exitCodeOf, reportError } from '#lib/errors/report.ts';
import { createRedactor } from '#lib/log/redact.ts';
import { createRegistryClient, type RegistryClient } from '#lib/oci/client.ts';
import { parseReference, type Reference } from '#lib/oci/reference.ts';
import { runPreflight } from '#lib/preflight/run-preflight.ts';
import { cloudsOf } from '#lib/registries/clouds.ts';
import type { RegistrySecret } from '#lib/registries/sign-in.ts';
import { sensitiveValues } from '#lib/secrets/sensitive-values.ts';
import { cleanView } from '#lib/worker/clean-texts.ts';
import { cleanedError } from '#lib/worker/failure-of.ts';
import { hideMinted } from '#lib/worker/hide-minted.ts';
import type { Command, CommandContext } from './command.ts';
import { parseDoctorArguments } from './doctor-arguments.ts';
import { checkEngine } from './doctor-engine.ts';
import { createDoctorReport, type DoctorReport } from './doctor-report.ts';
import type { ImageArguments } from './image-arguments.ts';
import { readPullSecret } from './pull-secret.ts';
import { runReported } from './run-reported.ts';

const help = `
Usage: slipway doctor REF [options]
       slipway doctor --engine

Says whether a pull of this image will work, and if not, what exactly has to be
changed: name, DNS, TLS, sign-in, permission, manifest, platform, size and pulls
left, one after the other. Ends within ten seconds, fetches no layer and costs no
pull on Docker Hub.

With --engine it says what would run the steps of builds on this machine, and if
nothing, how to get it; and runs one, which tries whether it gets to the files of
the machine.

  REF                 the image, as for slipway pull
  --platform P        which variant of a multi-platform image (linux/amd64)
  --username U        sign in as this user, with the password from standard input:
  --password-stdin    slipway doctor … --username ines --password-stdin < token.txt
  --secret-file FILE  or with the keys of this file, as for slipway pull
  --json              one JSON object a line, for programs
  --help              this text

Exit codes: 0 it will work · 2 wrong usage or reference · 3 access denied · 4 no such
image or platform · 5 rate limited · 6 unreachable · 7 the registry misbehaves ·
8 wrong bytes · 9 disk · 10 settings · 11 not supported · 130 stopped
`;

export const doctor: Command = {
  name: 'doctor',
  summary: 'Say whether an image can be pulled, and whether steps can run',
  help,
  run: runDoctor,
};

async function runDoctor(context: CommandContext): Promise<number> {
  if (context.argv.includes('--engine')) return checkEngine(context);
  const options = parseDoctorArguments(context.argv);
  const report = createDoctorReport({ stdout: context.stdout, isJson: options.isJson });
  const run = () => check({ context, options, report });
  return runReported({ signal: context.signal, isJson: options.isJson, report, run });
}

/** The exit code says which kind of failure a check met. It was told with its check, so nothing is thrown for it. */
async function check(run: {
  readonly context: CommandContext;
  readonly options: ImageArguments;
  readonly report: DoctorReport;
}): Promise<number> {
  const { context, options, report } = run;
  const settings = context.readSettings();
  const secret = await readSecret(context, options);
  const registries = await loadRegistries({ path: settings.registriesFile });
  const egress = createEgress({ registries });
  const redactor = createRedactor(secret === null ? [] : sensitiveValues(secret));
  const clients: RegistryClient[] = [];
  const hidden = hideMinted(redactor, clients);
  try {
    const { failure } = await runPreflight({
      reference: options.image,
      platform: options.platform,
      secret,
      connect({ registry, ...rest }) {
        const client = createRegistryClient({ registry, ...egress.forRegistry(registry), ...rest });
        clients.push(client);
        return client;
      },
      probe: egress.probe,
      clouds: cloudsOf({ egress, registries, awsEndpoints: settings.awsEndpoints }),
      onMinted: redactor.add,
      signal: context.signal,
      onView: (view) => report.show(cleanView(view, hidden.text)),
    });
    return failure === undefined ? 0 : exitCodeOf(reportError(failure).kind);
  } catch (error) {
    throw cleanedError(error, hidden.text);
  } finally {
    await egress.close();
  }
}

/** What the text names no registry for needs no secret: its first check says what is wrong with it. */
async function readSecret(context: CommandContext, options: ImageArguments): Promise<RegistrySecret | null> {
  let reference: Reference;
  try {
    reference = parseReference(options.image);
  } catch {
    return null;
  }
  return readPullSecret({ ...context, reference, options, command: 'doctor' });
}
