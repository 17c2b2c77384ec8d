import { type CommandTree, group, leaf } from "./tree.js";

/** The whole command line on one screen. A command's file is loaded when it is typed; its path is the words typed. */
// biome-ignore format: a line for each command
export const app: CommandTree = {
  sections: {
    "Session Management:": {
      init: leaf("[--agent COMMAND] [--share] [--upgrade] [--dry-run]", "Set up Wiggum in this repository", () => import("./commands/init.js")),
      run: leaf("[--once | --until-done] [--runner R] [--dry-run]", "Supervise: spawn agents, hand stages over", () => import("./commands/run.js")),
      attach: leaf("[agent]", "Show the agents' panes on this terminal", () => import("./commands/attach.js")),
      teardown: leaf("[--force]", "End all agents and the session", () => import("./commands/teardown.js")),
      doctor: leaf("[--fix]", "Look for what is wrong; --fix mends it", () => import("./commands/doctor.js")),
    },
    "Agent Management:": {
      start: leaf("<title> [options]", "File a ticket and spawn a worker for it", () => import("./commands/start.js")),
      spawn: leaf("<role> [ticket] [--prompt PATH] [--runner R] [--force] [--dry-run]", "Start an agent in a worktree of its own", () => import("./commands/spawn.js")),
      list: leaf("[--format table|json|ids]", "List the agents", () => import("./commands/list.js")),
      kill: leaf("<agent> [--release] [--force]", "End an agent; its work is kept", () => import("./commands/kill.js")),
      ping: leaf("<agent> <message...>", "Send a message to an agent", () => import("./commands/ping.js")),
      "send-keys": leaf("<agent> <keys...>", "Press keys in an agent's pane", () => import("./commands/send-keys.js")),
      "has-capacity": leaf("", "Whether another agent may start: true or false", () => import("./commands/has-capacity.js")),
      salvage: group("Work that was kept when a worktree was removed.", ["wiggum salvage list", "wiggum salvage restore worker-0/01JD2Q"], {
        list: leaf("", "List salvaged work", () => import("./commands/salvage/list.js")),
        show: leaf("<name>", "Show what a salvage holds", () => import("./commands/salvage/show.js")),
        restore: leaf("<name> [--into FOLDER]", "Put salvaged files into a folder", () => import("./commands/salvage/restore.js")),
        drop: leaf("<name>", "Give salvaged work up for good", () => import("./commands/salvage/drop.js")),
      }),
    },
    "Observability:": {
      status: leaf("[--verbose] [--format table|tmux]", "Show session, agents, tickets and what waits for a person", () => import("./commands/status.js")),
      logs: leaf("<agent> [--tail N] [--follow]", "Show what an agent printed", () => import("./commands/logs.js")),
      hook: group("Programs that follow a transition: run by hand, look at, try again.", ["wiggum hook list", "wiggum hook run on-claim tk-5c46"], {
        run: leaf("<hook> <ticket>", "Run a hook by hand, with its exit code", () => import("./commands/hook/run.js")),
        list: leaf("", "List the hooks", () => import("./commands/hook/list.js")),
        pending: leaf("[ticket]", "List hooks that wait, failed or are parked", () => import("./commands/hook/pending.js")),
        retry: leaf("<event> [hook]", "Run a failed or parked hook again", () => import("./commands/hook/retry.js")),
        drop: leaf("<event> [hook]", "Give a failed or parked hook up", () => import("./commands/hook/drop.js")),
        drain: leaf("", "Run the hooks that are due now", () => import("./commands/hook/drain.js"), true),
      }),
    },
    "Branch Management:": {
      branch: group("Branches of tickets and agents.", ["wiggum branch list", "wiggum branch merge tk-5c46"], {
        list: leaf("[ticket]", "List branches with ticket and type", () => import("./commands/branch/list.js")),
        cleanup: leaf("<ticket>", "Delete the merged branches of a ticket", () => import("./commands/branch/cleanup.js")),
        merge: leaf("<ticket> [--send-back]", "Merge a ticket's feature branch into the base branch", () => import("./commands/branch/merge.js")),
      }),
      rebase: leaf("[ticket]", "Rebase the current branch on feature/<ticket>", () => import("./commands/rebase.js")),
    },
    "Ticket Management:": {
      ticket: group("Tickets: file, read, move and edit them.", ['wiggum ticket create "Fix the login" --priority 1', "wiggum ticket transition tk-5c46 review"], {
        create: leaf("<title> [options]", "File a ticket; prints its id", () => import("./commands/ticket/create.js")),
        list: leaf("[--state S,S] [--type T] [options]", "List tickets", () => import("./commands/ticket/list.js")),
        show: leaf("<id>", "Show a ticket's text, byte for byte", () => import("./commands/ticket/show.js")),
        ready: leaf("[--limit N]", "Ids of tickets that can be claimed now, best first", () => import("./commands/ticket/ready.js")),
        blocked: leaf("", "Tickets that wait, and for what", () => import("./commands/ticket/blocked.js")),
        tree: leaf("<id>", "Show a ticket with its dependencies below it", () => import("./commands/ticket/tree.js")),
        history: leaf("<id>", "Show who changed a ticket, and when", () => import("./commands/ticket/history.js")),
        transition: leaf("<id> <state> [--no-hooks] [--no-sync] [--dry-run]", "Move a ticket to another state", () => import("./commands/ticket/transition.js")),
        claim: leaf("<id> [agent]", "Take a ticket: state and assignee in one step", () => import("./commands/ticket/claim.js")),
        approve: leaf("<id> [message...]", "Pass work on (transition 'approve')", () => import("./commands/ticket/approve.js")),
        reject: leaf("<id> [message...]", "Send work back with feedback (transition 'reject')", () => import("./commands/ticket/reject.js")),
        close: leaf("<id> [resolution...]", "End a ticket undelivered (transition 'close')", () => import("./commands/ticket/close.js")),
        reopen: leaf("<id> [reason...]", "Take a ticket up again (transition 'reopen')", () => import("./commands/ticket/reopen.js")),
        release: leaf("<id>", "Give a ticket back, whatever its state", () => import("./commands/ticket/release.js")),
        assign: leaf("<id> <agent> [--no-sync]", "Set the assigned agent; the state stays", () => import("./commands/ticket/assign.js")),
        unassign: leaf("<id> [--no-sync]", "Clear the assigned agent; the state stays", () => import("./commands/ticket/unassign.js")),
        feedback: leaf("<id> <source> <message...>", "Append feedback and tell the assigned agent", () => import("./commands/ticket/feedback.js")),
        comment: leaf("<id> <source> <message...>", "Append a comment and tell the assigned agent", () => import("./commands/ticket/comment.js")),
        edit: leaf("<id> [options]", "Edit a ticket in an editor, or its fields by flags", () => import("./commands/ticket/edit.js")),
        dep: group("What a ticket depends on.", ["wiggum ticket dep add tk-5c46 tk-3a1b"], {
          add: leaf("<id> <on>", "Let a ticket depend on another", () => import("./commands/ticket/dep/add.js")),
          remove: leaf("<id> <on>", "Take a dependency away", () => import("./commands/ticket/dep/remove.js")),
        }),
        criterion: group("Acceptance criteria, counted from 1.", ["wiggum ticket criterion tick tk-5c46 2"], {
          list: leaf("<id>", "List acceptance criteria", () => import("./commands/ticket/criterion/list.js")),
          tick: leaf("<id> <number>", "Mark a criterion as met", () => import("./commands/ticket/criterion/tick.js")),
          untick: leaf("<id> <number>", "Mark a criterion as not met", () => import("./commands/ticket/criterion/untick.js")),
          add: leaf("<id> <text...>", "Append a criterion", () => import("./commands/ticket/criterion/add.js")),
        }),
        action: group("What a person must do before a ticket goes on.", ['wiggum ticket action require tk-5c46 "Which licence?"'], {
          require: leaf("<id> <reason...>", "A person must act: the ticket leaves 'ready'", () => import("./commands/ticket/action/require.js")),
          clear: leaf("<id>", "The person has acted", () => import("./commands/ticket/action/clear.js")),
        }),
        outcome: leaf("<operation>", "What became of a write whose answer was lost (exit 11)", () => import("./commands/ticket/outcome.js")),
        sync: leaf("[--pull | --push]", "Submit edits of your ticket folder and bring it up to date", () => import("./commands/ticket/sync.js")),
        doctor: leaf("", "Look for broken or illegal tickets", () => import("./commands/ticket/doctor.js")),
      }),
    },
  },
  examples: [
    "wiggum init",
    'wiggum start "Add a health check"',
    'wiggum ticket create "Fix the login" --priority 1 --dep tk-3a1b',
    "wiggum ticket transition tk-5c46 review",
    "wiggum spawn worker tk-5c46",
    "wiggum run --until-done",
  ],
};
