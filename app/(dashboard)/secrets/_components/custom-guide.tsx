import { Guide } from './guide.tsx';

export function CustomGuide() {
  return (
    <Guide
      title="For build steps"
      note="Keys and values of your own, such as a token for a package index. A custom secret never signs in to a registry."
    >
      <ul className="grid list-inside list-disc gap-1.5 text-ink-2">
        <li>A step runs what its author wrote. Put in only what every author of steps may know.</li>
        <li>A key is letters, digits and underscores, and does not begin with a digit.</li>
        <li>A value has at most 32,768 characters.</li>
        <li>Names of keys are shown to the workspace. Values never are.</li>
      </ul>
    </Guide>
  );
}
