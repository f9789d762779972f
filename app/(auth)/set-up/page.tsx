import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { isSetUp } from '#lib/auth/data.ts';
import { checkReadiness } from '#lib/db/readiness.ts';
import { Gate } from '../_components/gate.tsx';
import { SetUpForm } from './_components/set-up-form.tsx';
import { SetUpSteps } from './_components/set-up-steps.tsx';

export const metadata: Metadata = { title: 'Set up' };

export default async function SetUpPage() {
  if (await isSetUp()) redirect('/sign-in');
  const { worker } = await checkReadiness();
  return (
    <Gate
      lead={<SetUpSteps isWorkerSeen={worker} />}
      title="Create the owner"
      text="This account can add people and secrets. You do this once."
      foot={
        <span className="inline-flex items-center gap-[7px]">
          <span
            aria-hidden
            className={
              worker ? 'size-[7px] rounded-full bg-ok-solid' : 'size-[7px] rounded-full bg-idle-solid'
            }
          />
          {worker ? 'Worker healthy' : 'No worker seen yet'}
        </span>
      }
    >
      <SetUpForm />
    </Gate>
  );
}
