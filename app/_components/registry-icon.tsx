import { Boxes, Braces, Hexagon, type LucideIcon, Package, Server } from 'lucide-react';
import { classNames } from './class-names.ts';

export interface RegistryIconProps {
  /** A registry's host, or a type of secret. */
  readonly registry: string;
  readonly size?: 'base' | 'large' | undefined;
  /** Shown where the icon stands in the host's place. */
  readonly title?: string | undefined;
}

/** Which registry, as a small mark. Its name belongs beside it or in `title`. */
export function RegistryIcon(props: RegistryIconProps) {
  const Icon = iconOf(props.registry);
  const isLarge = props.size === 'large';
  return (
    <span
      title={props.title}
      aria-hidden
      className={classNames(
        'inline-grid flex-none place-items-center bg-fill-hover text-ink-2',
        isLarge ? 'size-7 rounded-md' : 'size-5 rounded-sm',
      )}
    >
      <Icon className={isLarge ? 'size-4' : 'size-[13px]'} />
    </span>
  );
}

function iconOf(registry: string): LucideIcon {
  if (registry === 'docker_hub' || registry === 'docker.io') return Boxes;
  if (registry === 'aws' || registry.endsWith('.amazonaws.com') || registry === 'public.ecr.aws')
    return Package;
  if (registry === 'gcp' || registry.endsWith('.pkg.dev') || registry.endsWith('gcr.io')) return Hexagon;
  if (registry === 'custom') return Braces;
  return Server;
}
