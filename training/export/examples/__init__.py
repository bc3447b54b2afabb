"""Programs that are handed out with an exported model; each runs by itself, without Menagerie."""
