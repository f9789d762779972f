'use client';

import { RotateCcw } from 'lucide-react';
import { Button, buttonClass } from '#app/_components/button.tsx';
import { CopyButton } from '#app/_components/copy-button.tsx';
import { ErrorPanel } from '#app/_components/error-panel.tsx';
import type { BuildHead, BuildView } from '#lib/builds/types.ts';
import type { ErrorReport } from '#lib/errors/report.ts';
import { layerProgress, layersKept, stageLabels } from './stages.ts';

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
  const { head, report, errorLine } = props;
  const isAboutSecret = head.secret !== null && head.secret.id !== null && report.kind === 'denied';
  return (
    <ErrorPanel
      report={report}
      actions={
        <>
          {isAboutSecret && head.secret !== null && (
            <Button variant="primary" href={`/secrets/${encodeURIComponent(head.secret.name)}`}>
              Open secret {head.secret.name}
            </Button>
          )}
          <Button
            variant={isAboutSecret ? 'outline' : 'primary'}
            icon={<RotateCcw />}
            isBusy={props.isRerunning}
            busyLabel="Starting"
            onClick={props.onRerun}
          >
            Re-run build
          </Button>
          {errorLine !== null && (
            <a href={`#L${errorLine}`} className={buttonClass({ variant: 'ghost' })}>
              Go to line {errorLine}
            </a>
          )}
          <CopyButton label="Copy error" text={textOf(props)} isLabelled className="ml-auto" />
        </>
      }
    >
      <ul className="grid gap-1 px-4 py-3.5 pl-12 text-ink-2 max-md:pl-4">
        {evidenceOf(props).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </ErrorPanel>
  );
}

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
    ...evidenceOf(props),
    `Build #${head.number}, ${head.reference}, ${head.platform}`,
  ].join('\n');
}
