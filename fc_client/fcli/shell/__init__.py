"""The interactive shell: it reads lines and runs each as a command line of fcli."""
