"""State of one step: the draft with its changes, events in, effects out, and what the engine needs from outside."""
