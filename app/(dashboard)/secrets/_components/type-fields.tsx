'use client';

import { AwsFields } from './aws-fields.tsx';
import { CustomFields } from './custom-fields.tsx';
import type { FieldsProps } from './fields-props.ts';
import { GcpFields } from './gcp-fields.tsx';
import { PlainFields } from './plain-fields.tsx';

/** The controls of the chosen type. */
export function TypeFields(props: FieldsProps) {
  switch (props.draft.type) {
    case 'aws':
      return <AwsFields {...props} />;
    case 'gcp':
      return <GcpFields {...props} />;
    case 'custom':
      return <CustomFields {...props} />;
    default:
      return <PlainFields {...props} />;
  }
}
