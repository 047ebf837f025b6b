"""Several processes on one database: leases, owners, and who plays which account."""
