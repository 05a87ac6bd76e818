import { Anchor, type AnchorProps } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { PropsWithChildren } from "react";

/** A link to another screen by its address, query included. */
export function TextLink({ href, children, ...props }: PropsWithChildren<AnchorProps & { href: string }>) {
  const { history } = useRouter();
  return (
    <Anchor
      href={href}
      size="sm"
      {...props}
      onClick={(event) => {
        // Another tab or window is the browser's affair.
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        history.push(href);
      }}
    >
      {children}
    </Anchor>
  );
}
