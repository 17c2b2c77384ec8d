export { createTmuxRunner, inboxProfile, probeTmux } from "@wiggum/runner-tmux";
