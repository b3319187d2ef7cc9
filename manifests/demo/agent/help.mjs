export const HELP = `demo-agent: a scripted stand-in for a coding agent. There is no model in it.

It reads a request from standard input and works in the current folder. Each line of the request that it understands
is done, in order:

  fix the failing test             runs the tests, tries small changes in the code under test until they pass
  raise the PLAN price to $N       changes a price in public/prices.json and on the pages in content/
  replace X with Y in FILE         X and Y may be quoted
  write FILE: TEXT                 a whole file; \\n in TEXT is a new line
  append FILE: TEXT                one more line
  delete FILE
  run COMMAND
  wait N seconds
  answer TEXT, or: do nothing      ends without a change

Sentences for tests of what stands around it:

  touch FILE                       an empty line in any file, allowed or not
  link FILE to TARGET              a symbolic link
  write N MB to FILE
  nest a repository in FOLDER
  print a million lines
  print your environment
  fork away and keep writing       a process that outlives it and goes on changing a file
  shorten your log                 cuts its own output file
  rewrite your log                 overwrites the start of its own output file
  exit N

DEMO_PACE=0 takes away the short pauses that let a viewer follow.
`;
