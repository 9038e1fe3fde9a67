"""The language of scenario files: what they may say, how they are read, merged and checked."""
