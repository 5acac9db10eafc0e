import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { type AnchorHTMLAttributes, forwardRef } from "react";

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>;

const Anchor = forwardRef<HTMLAnchorElement, ButtonProps & AnchorProps>((props, ref) => (
  <Button component="a" ref={ref} {...props} />
));

/** A link of the router that looks like a button. */
export const ButtonLink = createLink(Anchor);
