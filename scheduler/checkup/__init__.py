"""``diembao doctor``'s checks: each looks at one thing, changes nothing, and says what to do."""
