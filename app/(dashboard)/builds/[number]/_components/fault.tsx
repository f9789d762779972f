'use client';

import { Pencil, RotateCcw, ShieldCheck } from 'lucide-react';
import { Button, buttonClass } from '#app/_components/button.tsx';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import { PreflightPanel } from '../../../_components/preflight-panel.tsx';
import { usePreflight } from '../../../_components/use-preflight.ts';
import { stageLabels } from '../../_components/stage-labels.ts';
import { Evidence } from './evidence.tsx';
import { layerProgress, layersKept } from './stages.ts';

export interface FaultProps {
  readonly head: BuildHead;
  readonly view: BuildView;
  readonly report: ErrorReport;
  readonly errorLine: number | null;
  readonly isRerunning: boolean;
  readonly onRerun: () => void;
}

/** Why a build failed, where it stopped, what was kept, and what to do. */
export function Fault(props: FaultProps) {
  const { head, view, report, errorLine } = props;
  const { run, start } = usePreflight('Access check');
  const { secret } = head;
  const isSecretThere = secret !== null && secret.id !== null;
  const isAboutSecret = isSecretThere && report.kind === 'denied';
  const isAboutAccess = accessStages.has(
    view.stages.find(({ state }) => state === 'failed')?.name ?? 'check',
  );

  function checkAccess() {
    const { reference, platform } = head;
    start({ reference, platform, secretName: secret?.name ?? null, isAsked: true });
  }

  return (
    <>
      <ErrorPanel
        report={report}
        actions={
          <>
            {isAboutAccess && (
              <Button
                variant="primary"
                icon={<ShieldCheck />}
                onClick={checkAccess}
                isBusy={run.phase === 'running'}
                busyLabel="Checking"
                disabledReason={
                  secret === null || isSecretThere ? undefined : `The secret ${secret.name} was deleted`
                }
              >
                Check access again
              </Button>
            )}
            <Button
              variant={isAboutAccess ? 'outline' : 'primary'}
              icon={<RotateCcw />}
              isBusy={props.isRerunning}
              busyLabel="Starting"
              onClick={props.onRerun}
            >
              Re-run build
            </Button>
            <Button icon={<Pencil />} href={`/builds/new?build=${head.number}`}>
              Edit and build again
            </Button>
            {isAboutSecret && (
              <Button variant="ghost" href={`/secrets/${encodeURIComponent(secret.name)}`}>
                Open secret {secret.name}
              </Button>
            )}
            {errorLine !== null && (
              <a href={`#L${errorLine}`} className={buttonClass({ variant: 'ghost' })}>
                Go to line {errorLine}
              </a>
            )}
            <CopyButton label="Copy error" text={textOf(props)} isLabelled className="ml-auto" />
          </>
        }
      >
        <Evidence checks={view.preflight} />
        <ul className="grid gap-1 text-ink-2">
          {evidenceOf(props).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </ErrorPanel>
      {run.phase !== 'idle' && (
        <PreflightPanel
          title="Access check"
          run={run}
          lead="Pulls nothing"
          actLabel="Check again"
          onAct={checkAccess}
        />
      )}
    </>
  );
}

/** Where a build stops when it may not have the image. */
const accessStages: ReadonlySet<string> = new Set(['authenticate', 'resolve', 'pull']);

/** Where it stopped, what it used, and what did not happen. */
function evidenceOf({ head, view }: FaultProps): string[] {
  const failed = view.stages.find(({ state }) => state === 'failed');
  const { inPlace, doneBytes } = layerProgress(view);
  const kept =
    doneBytes > 0 ? `${layersKept(inPlace)}, so a re-run starts from there.` : 'Nothing was pulled.';
  return [
    failed === undefined
      ? 'The build stopped.'
      : `The build stopped at ${stageLabels[failed.name].toLowerCase()}.`,
    kept,
    head.secret === null
      ? 'It used no secret.'
      : `It used version ${head.secret.version} of the secret ${head.secret.name}.`,
    ...(view.cause === null ? [] : [`${view.cause}.`]),
  ];
}

function textOf(props: FaultProps): string {
  const { report, head } = props;
  return [
    `${report.what} (${report.code})`,
    report.why,
    report.next,
    ...(report.paste === undefined ? [] : [`${report.paste.title}:`, report.paste.text]),
    ...evidenceOf(props),
    `Build #${head.number}, ${head.reference}, ${head.platform}`,
  ].join('\n');
}
