import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';

export interface PageHeaderProps {
  readonly title: ReactNode;
  /** Where this page lies, outermost first; the title follows them. */
  readonly crumbs?: readonly { readonly label: string; readonly href: string }[] | undefined;
  /** A quiet live remark beside the title. */
  readonly note?: ReactNode;
  /** Buttons at the right; one primary at most. */
  readonly actions?: ReactNode;
  /** False where the page has its own h1 further down (a build's reference); the title is a crumb then. */
  readonly isHeading?: boolean | undefined;
}

/** The bar at the head of every page, 52 px high. */
export function PageHeader(props: PageHeaderProps) {
  return (
    <header className="flex h-[52px] flex-none items-center gap-2 pr-4 pl-6 max-md:px-4">
      <div className="flex min-w-0 items-center gap-[7px] text-ink-3">
        {props.crumbs !== undefined && props.crumbs.length > 0 && (
          <nav aria-label="Breadcrumb" className="contents">
            {props.crumbs.map((crumb) => (
              <Fragment key={crumb.href}>
                <Link
                  href={crumb.href}
                  className="cut first:flex-none hover:text-ink touch:min-w-touch touch:leading-11"
                >
                  {crumb.label}
                </Link>
                <ChevronRight className="size-3 flex-none" aria-hidden />
              </Fragment>
            ))}
          </nav>
        )}
        {props.isHeading === false ? (
          <span className="cut font-medium text-ink">{props.title}</span>
        ) : (
          <h1 className="cut text-body font-semibold tracking-[-0.01em] text-ink">{props.title}</h1>
        )}
      </div>
      {props.note !== undefined && (
        <div className="ml-1.5 text-small whitespace-nowrap text-ink-3 max-md:hidden">{props.note}</div>
      )}
      <div className="ml-auto flex flex-none items-center gap-2">{props.actions}</div>
    </header>
  );
}
