'use client';

import { Segmented } from '#app/_components/segmented.tsx';
import { Select } from '#app/_components/select.tsx';
import { awsRegions } from './aws-regions.ts';
import type { FieldsProps } from './fields-props.ts';
import { typedValue, withValue } from './form-draft.ts';
import { PlainFields } from './plain-fields.tsx';

export function AwsFields(props: FieldsProps) {
  const { draft, onChange, errorOf } = props;
  return (
    <>
      <div>
        <span aria-hidden className="mb-1.5 block font-medium">
          How to sign in
        </span>
        <Segmented
          label="How to sign in"
          value={draft.awsSignIn}
          onChange={(value) => onChange({ ...draft, awsSignIn: value === 'role' ? 'role' : 'key' })}
          options={[
            { value: 'key', label: 'Access key' },
            { value: 'role', label: 'Assume role' },
          ]}
        />
        {draft.awsSignIn === 'role' && (
          <p className="mt-1.5 text-small text-ink-3">
            A role is assumed with an access key, so it needs both. Slipway never uses the identity of the
            machine that it runs on.
          </p>
        )}
      </div>
      {draft.awsSignIn === 'role' && <PlainFields {...props} keys={['AWS_ROLE_ARN', 'AWS_EXTERNAL_ID']} />}
      <div className="grid grid-cols-2 items-start gap-4 max-md:grid-cols-1">
        <PlainFields {...props} keys={['AWS_ACCESS_KEY_ID']} />
        <Select
          label="Region"
          value={typedValue(draft, 'AWS_REGION') || null}
          onValueChange={(region) => onChange(withValue(draft, 'AWS_REGION', region))}
          options={awsRegions}
          placeholder="Choose a region"
          error={errorOf('AWS_REGION')}
          hint="Where the registry is."
          isMono
        />
      </div>
      <PlainFields {...props} keys={['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']} />
    </>
  );
}
